# One image for the Daphne processes and for the migrations.

FROM python:3.11-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
RUN python -m venv /venv
COPY requirements.txt /tmp/requirements.txt
RUN /venv/bin/pip install -r /tmp/requirements.txt

FROM python:3.11-slim-bookworm
ENV PATH=/venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 DEBUG=false BIND=0.0.0.0 PORT=8000
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin frontrow
WORKDIR /app
# Everything but var/ stays root's: a process can't change its own code.
RUN install -d -o frontrow -g frontrow var
COPY --from=build /venv /venv
COPY . .
USER frontrow
# Names of static files carry a hash that is written down in STATIC_ROOT, so they are collected once,
# here; the key is for this step only and reaches no running process.
RUN SECRET_KEY=only-to-collect-static-files-while-the-image-is-built ALLOWED_HOSTS=localhost \
    python manage.py collectstatic --noinput
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "deploy/healthcheck.py"]
CMD ["deploy/serve.sh", "--proxy-headers", "--verbosity", "0"]
