# The dashboard or, with another command, the worker that trains: see compose.yaml.
# `make base-images` adds the digest to the tag, here and in compose.cluster.yaml.
FROM python:3.13.16-slim-bookworm AS single

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    ARNCNN_HOME=/data

# pip keeps to its own index and to the lock; packages change seldom, so they come first.
WORKDIR /app
COPY requirements-postgresql.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-postgresql.lock

# Its home is /tmp, the one place beside the volume that a read-only container can write to.
RUN useradd --uid 10001 --no-create-home --home-dir /tmp arncnn \
    && install --directory --owner arncnn --mode 0700 /data
COPY .streamlit/config.toml .streamlit/config.toml
COPY app.py LICENSE ./
COPY assets assets
COPY arncnn arncnn
COPY pages pages
# A container that cannot write would compile our own modules anew at every start.
RUN python -m compileall -q app.py arncnn pages

USER 10001
VOLUME /data
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://localhost:8501/_stcore/health', timeout=4)"]
# All addresses of the container: it starts with accounts, or with --no-token where its port is
# published on loopback only, as compose.yaml does.
CMD ["python", "-m", "pages.ui", "--server.address", "0.0.0.0"]

# The same with Ray: dashboard, worker and head, see compose.cluster.yaml.
FROM single AS cluster
USER 0
COPY requirements-ray.lock ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements-ray.lock
USER 10001

# What `docker build .` makes.
FROM single
