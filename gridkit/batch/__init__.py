"""How does one town run from files to files? `gridkit.batch.job` is where it starts."""
