"""Find screen's parts: state, controllers, and the lines of hits and facets."""
