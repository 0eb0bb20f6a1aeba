"""The one error that bad input raises."""


class InputError(ValueError):
    """Input that cannot be used.

    The message is one line: it names the argument or the file, says what is wrong with it and,
    where there is one, the fix. The command line prints it as it is; any other exception is a
    defect of ours and keeps its traceback.
    """
