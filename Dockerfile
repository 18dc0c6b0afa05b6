# The command line as an image: docker build -t post-workbench .
# Run it with a read-only file system; the folders that it reads and writes are mounted:
#   docker run --rm --read-only -v /data:/data:ro -v /out:/out post-workbench audit /data/state.sql --all --out /out
FROM node:22-bookworm-slim AS build
WORKDIR /source
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run --silent build:cli

FROM node:22-bookworm-slim
ENV NODE_ENV=production
COPY --from=build /source/dist-cli /opt/post-workbench/dist-cli
COPY --from=build /source/package.json /source/LICENSE /opt/post-workbench/
RUN ln -s /opt/post-workbench/dist-cli/post-workbench.js /usr/local/bin/post-workbench
USER node
WORKDIR /home/node
HEALTHCHECK --interval=1m --timeout=10s CMD ["post-workbench", "--version"]
ENTRYPOINT ["post-workbench"]
CMD ["--help"]
