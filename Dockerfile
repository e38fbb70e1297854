# The tutorial's container, for this project: all tools in pinned versions, and the repository in /project.
#   docker build --tag palette-custom-pack . && docker run --rm --interactive --tty palette-custom-pack npm start
FROM node:24.22.3-bookworm-slim

# procps: tests look at processes. jq: the pipelines' commands use it.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates curl git jq procps \
    && rm -rf /var/lib/apt/lists/*

WORKDIR /project

# The dependencies stay in the image's cache for as long as the lock file is the same.
COPY package.json package-lock.json ./
COPY packages/palette/package.json packages/palette/
COPY packages/pack/package.json packages/pack/
COPY packages/registry/package.json packages/registry/
COPY policy/package.json policy/
RUN npm ci --no-audit --no-fund

# Pulumi, its plugins, oras, a registry and Helm, as engine/tools.ts pins them, outside of the folder that a mount hides.
ENV PALETTE_ENGINE_DIR=/opt/engine
COPY engine engine
COPY scripts scripts
COPY sandbox/pulumi-resource-aws sandbox/pulumi-resource-aws
COPY tsconfig.json ./
RUN node scripts/run.mjs engine --all > /etc/profile.d/engine.sh

COPY . .
CMD ["bash", "--login"]
