# One image for every program of Sealane. Node 26 is the image's own, so the pinned binaries stay out.
FROM node:26-bookworm-slim

ENV NODE_ENV=production \
    NODE_COMPILE_CACHE=/opt/sealane/.compile-cache \
    SEALANE_SQL_PORT=2881

WORKDIR /opt/sealane
COPY package.json package-lock.json .npmrc ./
COPY packages packages
RUN npm ci --omit=dev --omit=optional --no-audit --no-fund \
    && npm cache clean --force

COPY scripts scripts
COPY LICENSE README.md ./

# A named volume takes over the owner of the directory it is first mounted on.
RUN install -d -o node -g node /var/lib/sealane /certificates /nodes/observer-1 /nodes/observer-2 /nodes/observer-3 /nodes/obproxy \
    .compile-cache
USER node

# Loads the program once, so that no container has to strip its types again.
RUN node packages/observer/bin/observer.js --version \
    && node packages/obproxy/bin/obproxy.js --version \
    && node packages/cluster-controller/bin/cluster-controller.js --version

VOLUME /var/lib/sealane
EXPOSE 2881 2882 2883

HEALTHCHECK --interval=5s --timeout=3s --start-period=20s --retries=3 CMD ["node", "scripts/healthcheck.js"]

CMD ["node", "packages/observer/bin/observer.js", "--data_dir", "/var/lib/sealane"]
