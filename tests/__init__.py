"""Stories, pages and the frame of all tests."""
