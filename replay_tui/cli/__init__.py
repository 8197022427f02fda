"""The command line, one file per subcommand: the only place that prints. It loads Textual for `play`, `demo` alone."""
