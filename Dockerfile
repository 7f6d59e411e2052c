# syntax=docker/dockerfile:1
# The service in a container: `docker build -t modiste .`, see docs/deploy.md.

# ---- build: a virtual environment with Modiste in it, and nothing of what built it ----
FROM python:3.13-slim AS build

# CPU wheels of torch are a tenth of the usual ones: --build-arg TORCH_INDEX=ADDRESS, the index of
# them that PyTorch's installation page names. Without it pip takes those with CUDA.
ARG TORCH_INDEX=

ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/modiste
ENV PATH=/opt/modiste/bin:$PATH

# What changes seldom comes first: the dependencies are a layer of their own.
WORKDIR /build
COPY constraints.txt ./
RUN grep -E '^(torch|torchvision)==' constraints.txt > torch.txt \
    && pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} \
        --constraint constraints.txt --requirement torch.txt
COPY pyproject.toml README.md LICENSE ./
COPY src ./src
RUN pip install ${TORCH_INDEX:+--extra-index-url "$TORCH_INDEX"} --constraint constraints.txt '.[postgres]' \
    && python -m compileall -q /opt/modiste/lib

# ---- run: the environment alone, as a user who owns nothing but a data folder ----
FROM python:3.13-slim AS run

RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgomp1 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin modiste \
    && install -d -o modiste -g modiste /data

COPY --from=build /opt/modiste /opt/modiste

# Two memory arenas are enough; each more keeps what it once held.
ENV PATH=/opt/modiste/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    OMP_WAIT_POLICY=PASSIVE \
    MALLOC_ARENA_MAX=2

USER modiste
WORKDIR /data
# /run-of-modiste and /catalogue are mounted read only; /data is what the service may write.
VOLUME ["/data"]
EXPOSE 8000

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/v1/health', timeout=4)"]

# Keys come from a mounted file or from MODISTE_KEYS at run time, never from the image.
ENTRYPOINT ["modiste", "serve"]
CMD ["/run-of-modiste", "--host", "0.0.0.0", "--port", "8000"]
