"""Analysis of many sessions: their sources, the engines that analyse them in parallel, and one result per session."""
