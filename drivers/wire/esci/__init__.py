"""ESC/I, the language of the film scanner: commands, status bits, records.

After the public "ESC/I Scanner Reference Manual" (1995) and what SANE's `epson2` client asks for;
no scanner was at hand. Both the driver and the simulated device read it: these are layouts only,
never the order of a conversation.
"""
