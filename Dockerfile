# One image for each member: docker build --build-arg MEMBER=services/intake --build-arg NAME=intake .
# Which process it runs is said by whoever starts it (docker-compose.yml, deploy/k8s): python -m sebaya_intake
ARG PYTHON_IMAGE=python:3.13-slim-trixie

FROM ${PYTHON_IMAGE} AS build
ARG MEMBER
# An index or authority of your own, where the public one cannot be reached; pip reads them by these names.
ARG PIP_INDEX_URL
ARG PIP_CERT
WORKDIR /build
# What is locked comes first: it changes less often than the code.
COPY locks/build.txt locks/
COPY ${MEMBER}/requirements.txt ./
RUN ["python3", "-m", "venv", "/opt/sebaya"]
RUN ["python3", "-m", "venv", "/opt/tools"]
# The maker of wheels finds its own program on the path.
ENV PATH=/opt/tools/bin:$PATH
RUN ["/opt/tools/bin/pip", "install", "--no-cache-dir", "--require-hashes", "--only-binary", ":all:", "-r", "locks/build.txt"]
RUN ["/opt/sebaya/bin/pip", "install", "--no-cache-dir", "--require-hashes", "--only-binary", ":all:", "-r", "requirements.txt"]
COPY . .
RUN /opt/tools/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /wheels ./contracts ./chassis ./${MEMBER}
RUN /opt/sebaya/bin/pip install --no-cache-dir --no-deps --no-index /wheels/*.whl

FROM ${PYTHON_IMAGE}
ARG NAME=sebaya
ARG VERSION=0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="sebaya-${NAME}" \
      org.opencontainers.image.description="Sebaya: peer support for school districts" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
COPY --from=build /opt/sebaya /opt/sebaya
# Bytecode is in the image, so a read-only root costs no start its time; the log is not held back.
ENV PATH=/opt/sebaya/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# Of nobody: no name, no home, nothing of the file system is theirs.
USER 10001:10001
WORKDIR /
HEALTHCHECK --interval=5s --timeout=5s --start-period=60s --retries=3 CMD ["python", "-m", "sebaya_chassis.service.probe"]
