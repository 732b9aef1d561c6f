"""One simulated life as a page: a timeline that a person can read, in one HTML file."""
