"""Notes which routes the passing tests called and what the server answered.

The mlflow client and the differential test both speak through `requests`; one wrapper around its lowest call
sees all of them. The client itself stays as it is.
"""

import urllib.parse

import requests.adapters


class Recorder:
    def __init__(self) -> None:
        self.calls_of_test: set[tuple[str, str, str, int]] = set()
        self.calls_of_passed_tests: set[tuple[str, str, str, int]] = set()
        """(server address, method, path, status)"""

    def install(self) -> None:
        send = requests.adapters.HTTPAdapter.send

        def send_and_note(adapter, request, *args, **kwargs):
            response = send(adapter, request, *args, **kwargs)
            where = urllib.parse.urlsplit(request.url)
            self.calls_of_test.add(
                (f"{where.scheme}://{where.netloc}", request.method, where.path, response.status_code)
            )
            return response

        requests.adapters.HTTPAdapter.send = send_and_note

    def start_test(self) -> None:
        self.calls_of_test = set()

    def end_test(self, passed: bool) -> None:
        if passed:
            self.calls_of_passed_tests |= self.calls_of_test
