"""What helps people to sort what citizens wrote: likenesses, subjects, a look ahead. It suggests; people decide.

Text in, suggestions out: nothing here knows of accounts, weeks or a database, and the agenda never reads any of it.
"""
