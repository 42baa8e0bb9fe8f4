"""What intake and town hall show of themselves: statistics, open data, feeds, a calendar, a digest by e-mail."""
