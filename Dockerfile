# slimd as a container image. `./dev image` builds it and starts it once; by hand:
#   docker build -t slimd .
#   docker run -v ./config.yaml:/config.yaml -p 46357:46357 slimd /slim --config /config.yaml

# Whatever stands in for it has to be Debian 12: packages are named as they are there.
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
COPY deploy/install-deps.sh deploy/
RUN deploy/install-deps.sh build
COPY CMakeLists.txt CMakePresets.json ./
COPY cmake cmake/
COPY daemon daemon/
COPY lib lib/
# There is no git history in here to ask.
ARG REVISION=unknown
ARG REVISION_DATE=unknown
# The compiler's cache outlives the layer: a change in one file does not compile them all.
RUN --mount=type=cache,target=/root/.cache/ccache \
    cmake --preset release -DSLIM_BENCH=OFF \
      -DSLIM_REVISION="${REVISION}" -DSLIM_REVISION_DATE="${REVISION_DATE}" && \
    cmake --build --preset release --target slimd && \
    strip -o /slimd build/release/daemon/slimd && rm -rf build

FROM ${BASE}
COPY deploy/install-deps.sh /tmp/
RUN /tmp/install-deps.sh run && \
    rm -rf /tmp/install-deps.sh /var/lib/apt/lists /var/cache/apt /var/log/apt /var/log/dpkg.log
COPY LICENSE /usr/share/doc/slimd/
COPY config/base.yaml /etc/slimd/config.yaml
COPY --from=build /slimd /slimd
# Tutorials and charts start /slim. A library that is missing, or a file that does not load, is found
# here and not where the image runs.
RUN ln -s slimd /slim && /slim --version && /slimd --check --config /etc/slimd/config.yaml

# Files that are mounted have to be readable by this user; nothing is written.
USER 65532:65532
EXPOSE 46357 46359
STOPSIGNAL SIGTERM
# Health and metrics for whoever reaches the container; everything else only from inside, or with
# SLIMD_ADMIN_TOKEN_FILE.
ENV SLIMD_ADMIN_LISTEN=:46359
HEALTHCHECK --interval=10s --timeout=5s --start-period=5s CMD ["/slimd", "--health=healthz"]
# No ENTRYPOINT: people write `/slim --config FILE` behind the image's name, in full.
CMD ["/slimd", "--config", "/etc/slimd/config.yaml"]

ARG VERSION=unknown
ARG REVISION=unknown
LABEL org.opencontainers.image.title="slimd" \
      org.opencontainers.image.description="SLIM data-plane node" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
