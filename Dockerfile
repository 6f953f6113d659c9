# The program of "npm start" as an image; docs/from-docker.md says how to run it.
# The base: any image with Node.js 24 and npm on glibc, for amd64 or arm64.
ARG NODE_IMAGE=docker.io/library/node:24-slim

FROM ${NODE_IMAGE} AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The base brings Node.js, so that the optional packages, which are Node.js, stay out. What only a
# deployment needs goes as well. Behind a proxy that inspects TLS: docker build --secret id=ca,src=ca.pem
RUN --mount=type=secret,id=ca \
    if [ -e /run/secrets/ca ]; then export NODE_EXTRA_CA_CERTS=/run/secrets/ca; fi && \
    npm ci --omit=dev --omit=optional && \
    npm pkg delete dependencies.aws-cdk dependencies.aws-cdk-lib dependencies.constructs dependencies.esbuild \
      dependencies.@aws-sdk/client-cloudformation dependencies.@aws-sdk/client-sts dependencies.@middy/core \
      dependencies.@aws/durable-execution-sdk-js \
      dependencies.@aws-lambda-powertools/logger dependencies.@aws-lambda-powertools/metrics && \
    npm prune --omit=dev --omit=optional

FROM ${NODE_IMAGE}
LABEL org.opencontainers.image.title="jumpcloud-logzio" \
      org.opencontainers.image.description="Ships JumpCloud Directory Insights events to Logz.io" \
      org.opencontainers.image.licenses="Apache-2.0"
ENV NODE_ENV=production
WORKDIR /app
COPY --from=packages /app/node_modules node_modules
COPY package.json LICENSE ./
COPY infra/node-version.ts infra/
COPY lib lib
COPY simulators simulators
COPY local local
# config.yaml, lastTime.txt and the checkpoint (.local/) are here, as they were in logzio/logzio-jumpcloud.
RUN mkdir -p src/shared && chown 1000:1000 src/shared
WORKDIR /app/src/shared
VOLUME /app/src/shared
USER 1000:1000
# A first run may take 15 minutes before there is a watermark.
HEALTHCHECK --interval=1m --timeout=10s --start-period=20m CMD ["node", "/app/local/health.ts"]
ENTRYPOINT ["node", "/app/local/start.ts"]
