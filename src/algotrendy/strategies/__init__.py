"""Ready signal strategies, one a file, each small enough to be read as an example."""
