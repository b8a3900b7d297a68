"""Reports, notebook views and figures of results: what a person looks at."""
