"""The interpreter: a program on a delegation's machine, a visible member of rooms, that translates what is said there.

enrolment.py   becoming a member: keys, a code, a person's approval
desk.py        what is left to translate in one room; pure
writing.py     translated sentences as items of the record; pure
languages.py   which language a text is in, and which ones are read; pure
studio.py      the threads in which models compute
circle.py      for whom private translations are sealed
asides.py      questions about unsent texts
process.py     all of it around a member that follows its rooms
commands.py    the command ``portal interpreter``
"""
