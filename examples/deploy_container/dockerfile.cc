#include "dockerfile.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <fstream>

namespace {

using cloudkit::Error;
using cloudkit::ErrorCode;

struct Line {
  int number = 0;
  std::string instruction = {};
  std::string rest = {};
};

std::string trimmed(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(" \t\r");
  return begin == std::string::npos ? "" : text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1);
}

// A backslash at its end joins a line to the next one; comments between them are left out.
bool next_line(std::istream& in, Line& line) {
  std::string joined;
  int number = line.number;
  line.number = 0;
  for (std::string text; std::getline(in, text);) {
    ++number;
    text = trimmed(text);
    if (text.empty() || text.front() == '#') continue;
    const bool goes_on = text.back() == '\\';
    if (goes_on) text.back() = ' ';
    joined += text;
    if (!goes_on) break;
  }
  line.number = number;
  const std::size_t space = joined.find_first_of(" \t");
  line.instruction = joined.substr(0, space);
  for (char& c : line.instruction) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  line.rest = space == std::string::npos ? "" : trimmed(joined.substr(space));
  return !joined.empty();
}

// ["python3", "app.py"], or a line for the shell.
std::vector<std::string> command_of(const std::string& rest) {
  const nlohmann::json words = nlohmann::json::parse(rest, nullptr, false);
  const auto is_text = [](const nlohmann::json& word) { return word.is_string(); };
  if (words.is_array() && std::all_of(words.begin(), words.end(), is_text)) return words;
  return {"/bin/sh", "-c", rest};
}

// NAME=VALUE NAME="A VALUE" …; false for what is none.
bool read_environment(const std::string& rest, std::map<std::string, std::string>& environment) {
  std::string word;
  char quote = 0;
  for (std::size_t i = 0; i <= rest.size(); ++i) {
    const char c = i < rest.size() ? rest[i] : ' ';
    if (i < rest.size() && c == '\\' && quote != '\'' && i + 1 < rest.size()) {
      word += rest[++i];
    } else if (quote != 0 ? c == quote : c == '"' || c == '\'') {
      quote = quote != 0 ? '\0' : c;
    } else if (quote != 0 || (c != ' ' && c != '\t')) {
      word += c;
    } else if (!word.empty()) {
      const std::size_t equals = word.find('=');
      if (equals == 0 || equals == std::string::npos) return false;
      environment[word.substr(0, equals)] = word.substr(equals + 1);
      word.clear();
    }
  }
  return quote == 0;
}

}  // namespace

cloudkit::Result<Recipe> read_recipe(const std::string& directory) {
  const std::string path = directory + "/Dockerfile";
  std::ifstream in(path);
  if (!in) {
    return Error(ErrorCode::not_found, path + " cannot be read", "DIR is a directory with a Dockerfile");
  }
  Recipe recipe;
  std::vector<std::string> entry;
  std::vector<std::string> arguments;
  for (Line line; next_line(in, line);) {
    const auto refused = [&](const std::string& what, const std::string& hint) {
      return Error(ErrorCode::invalid_argument, path + ':' + std::to_string(line.number) + ": " + what, hint);
    };
    if (line.instruction == "FROM") {  // Only the last stage runs.
      recipe = {};
      entry.clear();
      arguments.clear();
    } else if (line.instruction == "CMD" || line.instruction == "ENTRYPOINT") {
      (line.instruction == "CMD" ? arguments : entry) = command_of(line.rest);
    } else if (line.instruction == "ENV") {
      if (!read_environment(line.rest, recipe.environment)) return refused("ENV is NAME=VALUE", "as in ENV PORT=5000");
    } else if (line.instruction == "EXPOSE" && recipe.port == 0) {
      const std::string digits = line.rest.substr(0, line.rest.find_first_not_of("0123456789"));
      recipe.port = digits.empty() || digits.size() > 5 ? 0 : std::stoi(digits);
      if (recipe.port < 1 || recipe.port > 65535) return refused("EXPOSE is a port", "as in EXPOSE 5000");
    } else if (line.instruction == "RUN" || line.instruction == "ADD") {
      recipe.not_done.push_back(line.instruction);
    }
  }
  recipe.command = entry;
  recipe.command.insert(recipe.command.end(), arguments.begin(), arguments.end());
  return recipe;
}

std::string shell_word(const std::string& text) {
  std::string word = "'";
  for (const char c : text) {
    if (c == '\'') word += "'\\'";
    word += c;
  }
  return word + '\'';
}
