"""Stands in for NVIDIA's dcgm-exporter: its names, help and labels, for two GPUs that do not exist."""

import http.server
import math
import threading


class FakeDcgmExporter(http.server.ThreadingHTTPServer):
    """Counts Prometheus' visits, too: the clock of whoever waits for data."""

    # Of dcgm-exporter's default counters: the name, the help, and what a GPU has of it at the n-th visit.
    FIELDS = [
        ("DCGM_FI_DEV_GPU_UTIL", "GPU utilization (in %).", lambda gpu, n: round(55 + 30 * math.sin(n / 9 + gpu))),
        ("DCGM_FI_DEV_FB_USED", "Framebuffer memory used (in MiB).", lambda gpu, n: 18000 + 900 * gpu + 40 * min(n, 50)),
        ("DCGM_FI_DEV_FB_FREE", "Framebuffer memory free (in MiB).", lambda gpu, n: 62000 - 900 * gpu - 40 * min(n, 50)),
        ("DCGM_FI_DEV_POWER_USAGE", "Power draw (in W).", lambda gpu, n: round(310 + 150 * math.sin(n / 9 + gpu), 3)),
        ("DCGM_FI_DEV_GPU_TEMP", "GPU temperature (in C).", lambda gpu, n: round(54 + 9 * math.sin((n - 6) / 9 + gpu))),
        ("DCGM_FI_DEV_XID_ERRORS", "Value of the last XID error encountered.", lambda gpu, n: 79 if gpu and n > 60 else 0),
        ("DCGM_FI_DEV_ROW_REMAP_FAILURE", "Whether remapping of rows has failed", lambda gpu, n: 0),
    ]

    def __init__(self):
        super().__init__(("127.0.0.1", 0), self.Handler)
        self.metrics = "127.0.0.1:%d" % self.server_address[1]
        self.visits, self.visited = 0, threading.Condition()
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            with self.server.visited:
                self.server.visits += 1
                self.server.visited.notify_all()
                text = self.server.exposition(self.server.visits)
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_):
            pass

    def exposition(self, visit):
        lines = []
        for name, text, value in self.FIELDS:
            lines += [f"# HELP {name} {text}", f"# TYPE {name} gauge"]
            lines += [f'{name}{{gpu="{gpu}",UUID="GPU-{gpu}",device="nvidia{gpu}",modelName="none",Hostname="imagined"}} '
                      f"{value(gpu, visit)}" for gpu in (0, 1)]
        return "\n".join(lines) + "\n"

    def await_visits(self, count):
        with self.visited:
            wanted = self.visits + count
            assert self.visited.wait_for(lambda: self.visits >= wanted, 120), "Prometheus does not come any more"
