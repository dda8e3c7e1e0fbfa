// Of nothing else: a target whose headers others share needs a file that uses them.
