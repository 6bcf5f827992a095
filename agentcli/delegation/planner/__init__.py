"""The planner's tools. Which of them a planner has is its policy."""
