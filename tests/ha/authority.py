# SPDX-FileCopyrightText: The imaged authors
# SPDX-License-Identifier: MIT
"""A certificate authority for an afternoon, and the certificates that it gives to hosts and clients."""

import ssl
import subprocess
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")


def openssl(*arguments):
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, f"openssl {arguments[0]}: {result.stderr}"


class Authority:
    """Its files are in a directory: ca.pem, and NAME.pem with NAME.key for each that asked."""

    def __init__(self, directory):
        self.directory = Path(directory)
        self.file = self.directory / "ca.pem"
        self.key = self.directory / "ca.key"
        openssl("req", "-x509", *KEY, "-keyout", self.key, "-out", self.file, "-subj", "/CN=imaged tests")

    def issue(self, name, *addresses, common_name=True):
        """A certificate for servers at these addresses and for clients; the paths of it and its key.

        etcd's gateway refuses clients with a common name where it asks for users as well.
        """
        certificate, key = self.directory / f"{name}.pem", self.directory / f"{name}.key"
        if certificate.exists():
            return certificate, key
        request, extensions = certificate.with_suffix(".csr"), certificate.with_suffix(".cnf")
        subject = f"/CN={name}" if common_name else "/O=imaged tests"
        names = ",".join(f"IP:{address}" for address in addresses) or f"DNS:{name}"
        extensions.write_text(f"subjectAltName={names}\nextendedKeyUsage=serverAuth,clientAuth\n")
        openssl("req", *KEY, "-keyout", key, "-out", request, "-subj", subject)
        signed_by = ("-CA", self.file, "-CAkey", self.key, "-CAcreateserial", "-days", "2")
        openssl("x509", "-req", "-in", request, *signed_by, "-extfile", extensions, "-out", certificate)
        return certificate, key

    def server_context(self, name, *addresses):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*self.issue(name, *addresses))
        return context

    def client_context(self, name=None):
        """For a client that trusts this authority, with a certificate of its own if it has a name."""
        context = ssl.create_default_context(cafile=self.file)
        if name is not None:
            context.load_cert_chain(*self.issue(name, common_name=False))
        return context
