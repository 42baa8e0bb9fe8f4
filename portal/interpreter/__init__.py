"""The interpreter: a program on a delegation's machine, a visible member of rooms, that translates what is said there.

desk.py        what is left to translate in one room; pure
writing.py     translated sentences as items of the record; pure
languages.py   which language a text is in, and which ones are read; pure
circle.py      for whom private translations are sealed; pure
studio.py      the threads in which models compute
asides.py, questions.py   questions about texts that were not sent, and who may ask them
place.py       one room, with all that is to be done in it
process.py     the rooms together, around a member that follows them
enrolling.py, commands.py, status.py, logs.py, terminal.py   the command ``portal interpreter``, and what it tells
"""
