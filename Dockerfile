# One image for the Daphne processes and for the migrations, and for a trial without any settings.

ARG PYTHON=python:3.11-slim-bookworm

FROM ${PYTHON} AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.lock /tmp/requirements.lock
RUN /venv/bin/pip install --require-hashes -r /tmp/requirements.lock

FROM ${PYTHON}
# The file is what deploy/start.sh writes where no settings are given.
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DEBUG=false BIND=0.0.0.0 PORT=8000 \
    STATIC_ROOT=/app/collected ENV_FILE=/app/var/embedded.env
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin frontrow
WORKDIR /app
COPY --from=build /venv /venv
COPY . .
# Names of static files carry a hash that is written down in STATIC_ROOT, so they are collected once,
# here; the key is for this step only and reaches no running process. Everything but var/ stays
# root's: a process can't change its own code.
RUN SECRET_KEY=only-to-collect-static-files-while-the-image-is-built ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --noinput && rm -rf var && install -d -o frontrow -g frontrow var
VOLUME /app/var
USER frontrow
EXPOSE 8000
# Whether to send people here, which is what nginx waits for. What restarts containers by their health
# should ask /health/live instead: no restart brings a database back.
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "deploy/healthcheck.py"]
CMD ["deploy/start.sh"]
