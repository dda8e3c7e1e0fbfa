#include "complete.h"

#include "help.h"

#include <algorithm>

namespace cloudkit::tool {
namespace {

// What of a command line is known when a word of it is to be completed.
class Walk {
 public:
  explicit Walk(const CommandNode& root) : root_(root), node_(&root) {}

  void take(const std::string& word) {
    words_.push_back(word);
    if (value_of_ != nullptr) {
      value_of_ = nullptr;
    } else if (word == "--" && !only_arguments_) {
      only_arguments_ = true;
    } else if (!only_arguments_ && word.size() > 1 && word.front() == '-') {
      value_of_ = waiting_for_value(word);
    } else if (const CommandNode* below = node_->find(word); below != nullptr && arguments_.empty()) {
      node_ = below;
    } else {
      arguments_.push_back(word);
    }
  }

  std::vector<Candidate> candidates(const std::string& word, const std::string& after) const {
    if (value_of_ != nullptr) return values(*value_of_, word, after);
    if (!only_arguments_ && word.starts_with('-')) return options(word, after);
    if (!node_->below.empty()) return arguments_.empty() ? commands(*node_, word) : std::vector<Candidate>();
    const Parameter* argument = argument_at(arguments_.size());
    return argument == nullptr ? std::vector<Candidate>() : values(*argument, word, after);
  }

 private:
  const Parameter* find(const std::string& name) const {
    for (const Description* description : {&node_->description, &root_.description}) {
      for (const Parameter& parameter : description->parameters) {
        const auto& names = parameter.names;
        if (std::find(names.begin(), names.end(), name) != names.end()) return &parameter;
      }
    }
    return nullptr;
  }

  // Of "--jobs" and "-rj"; not of "--jobs=4" and "-j4".
  const Parameter* waiting_for_value(const std::string& word) const {
    if (word.starts_with("--")) {
      const Parameter* option = find(word);
      return option == nullptr || option->takes == Takes::nothing ? nullptr : option;
    }
    for (std::size_t i = 1; i < word.size(); ++i) {
      const Parameter* option = find(std::string("-") + word[i]);
      if (option == nullptr) return nullptr;
      if (option->takes != Takes::nothing) return i + 1 == word.size() ? option : nullptr;
    }
    return nullptr;
  }

  const Parameter* argument_at(std::size_t index) const {
    const Parameter* last = nullptr;
    for (const Parameter& parameter : node_->description.parameters) {
      if (!parameter.names.empty()) continue;
      if (index == 0 || parameter.repeats) return &parameter;
      --index;
      last = &parameter;
    }
    return last != nullptr && last->repeats ? last : nullptr;
  }

  bool given(const Parameter& option) const {
    return std::any_of(words_.begin(), words_.end(), [&](const std::string& word) {
      const std::string name = word.substr(0, word.find('='));
      return std::find(option.names.begin(), option.names.end(), name) != option.names.end();
    });
  }

  std::vector<Candidate> options(const std::string& word, const std::string& after) const {
    std::vector<Candidate> found;
    if (const std::size_t equals = word.find('='); word.starts_with("--") && equals != std::string::npos) {
      const Parameter* option = find(word.substr(0, equals));
      if (option == nullptr || option->takes == Takes::nothing) return found;
      found = values(*option, word.substr(equals + 1), after);
      for (Candidate& one : found) one.word.insert(0, word, 0, equals + 1);
      return found;
    }
    for (const Description* description : {&node_->description, &root_.description}) {
      for (const Parameter& parameter : description->parameters) {
        if (parameter.names.empty() || (given(parameter) && !parameter.repeats)) continue;
        for (const std::string& name : parameter.names) {
          if (!name.starts_with(word) || (word == "-" && name != parameter.names.back())) continue;
          found.push_back({name, parameter.help});
        }
      }
      if (description == &root_.description || node_ == &root_) break;
    }
    return found;
  }

  static std::vector<Candidate> commands(const CommandNode& node, const std::string& word) {
    std::vector<Candidate> found;
    for (const auto& below : node.below) {
      if (below->name.starts_with(word)) found.push_back({below->name, below->command->summary()});
    }
    return found;
  }

  std::vector<Candidate> help_words(const std::string& word) const {
    const CommandNode* node = &root_;
    for (const std::string& argument : arguments_) {
      node = node->find(argument);
      if (node == nullptr) return {};
    }
    std::vector<Candidate> found = commands(*node, word);
    if (node != &root_) return found;
    for (const HelpTopic& topic : help_topics()) {
      if (std::string_view(topic.name).starts_with(word)) found.push_back({topic.name, topic.summary});
    }
    return found;
  }

  std::vector<Candidate> values(const Parameter& parameter, const std::string& word, const std::string& after) const {
    std::vector<Candidate> found;
    for (const std::string& choice : parameter.choices) {
      if (choice.starts_with(word)) found.push_back({choice});
    }
    switch (parameter.takes) {
      case Takes::nothing:
      case Takes::text: return found;
      case Takes::file: return path_candidates(word, false);
      case Takes::directory: return path_candidates(word, true);
      case Takes::help: return help_words(word);
      case Takes::on:
        for (const std::string& scheme : parameter.schemes) {
          const std::string url = scheme + (scheme == "local" ? ":///" : "://");
          if (url.starts_with(word)) found.push_back({url, "", true});
        }
        return found;
      case Takes::url:
      case Takes::place: {
        const std::size_t query = after.find('?');
        found = url_candidates(word, query == 0 ? after : "");
        // What is no URL is a path; of a bare word only what takes places says so.
        const bool path = word.starts_with('/') || word.starts_with("./") || word.starts_with("../");
        if (word.find("://") != std::string::npos || (parameter.takes == Takes::url && !path)) return found;
        for (Candidate& one : path_candidates(word, false)) found.push_back(std::move(one));
        return found;
      }
    }
    return found;
  }

  const CommandNode& root_;
  const CommandNode* node_;
  const Parameter* value_of_ = nullptr;
  bool only_arguments_ = false;
  std::vector<std::string> arguments_;
  std::vector<std::string> words_;
};

}  // namespace

std::vector<Candidate> candidates(const CommandNode& root, const Unfinished& unfinished) {
  Walk walk(root);
  for (const std::string& word : unfinished.before) walk.take(word);
  std::vector<Candidate> found = walk.candidates(unfinished.word, unfinished.after);
  const auto another = [&](const Candidate& one) { return !one.word.starts_with(unfinished.word); };
  found.erase(std::remove_if(found.begin(), found.end(), another), found.end());
  return found;
}

}  // namespace cloudkit::tool
