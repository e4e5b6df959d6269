"""Throw-away certificates, made with openssl in the run's own folder."""

import os


def authority(ctx, name):
    key, cert = os.path.join(ctx.tmp, name + ".key"), os.path.join(ctx.tmp, name + ".crt")
    ctx.script("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", f"/CN={name}",
               "-keyout", key, "-out", cert, check=True)
    return key, cert


def server(ctx, name, signer):
    """A certificate for `redis` and loopback."""
    key, request, cert = (os.path.join(ctx.tmp, name + end) for end in (".key", ".csr", ".crt"))
    extensions = os.path.join(ctx.tmp, name + ".ext")
    with open(extensions, "w", encoding="utf-8") as out:
        out.write(f"subjectAltName=DNS:{ctx.redis_name},DNS:localhost,IP:127.0.0.1\n")
    ctx.script("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=redis", "-keyout", key, "-out", request, check=True)
    ctx.script("openssl", "x509", "-req", "-in", request, "-CA", signer[1], "-CAkey", signer[0], "-CAcreateserial",
               "-days", "30", "-extfile", extensions, "-out", cert, check=True)
    return key, cert
