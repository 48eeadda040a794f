import io
import threading

from tuner.report.patient import Patient


class Blocked(io.StringIO):
    """A terminal that was stopped with Ctrl-S, until `go` is set."""

    def __init__(self):
        super().__init__()
        self.go = threading.Event()

    def write(self, text):
        self.go.wait(30)
        return super().write(text)


def test_a_writer_is_not_kept_waiting_by_a_stopped_terminal():
    terminal = Blocked()
    patient = Patient(terminal)

    for number in range(1000):
        patient.write(f"{number}\n")

    assert patient.stuck
    assert terminal.getvalue() == ""
    terminal.go.set()
    patient.settle(30)
    assert terminal.getvalue().split() == [str(number) for number in range(1000)]
    assert not patient.stuck


def test_a_reader_that_has_gone_is_no_error():
    class Gone(io.StringIO):
        def write(self, text):
            raise BrokenPipeError

    patient = Patient(Gone())
    patient.write("nobody hears this\n")
    patient.settle(30)

    assert not patient.stuck
