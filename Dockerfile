# syntax=docker/dockerfile:1

FROM node:24-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY tsconfig.json tsconfig.build.json ./
COPY schemas ./schemas
COPY service ./service
# What only the next compilation would read is not for the image.
RUN npm run build && rm dist/.tsbuildinfo

FROM node:24-slim AS dependencies
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --ignore-scripts

FROM gcr.io/distroless/nodejs24-debian13:nonroot
LABEL org.opencontainers.image.title="Assay" \
      org.opencontainers.image.description="Measures and judges releases: Argo AnalysisTemplates in, one verdict out." \
      org.opencontainers.image.licenses="Apache-2.0"
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
ENV NODE_ENV=production
# As the base image has it, and as a number, which Kubernetes' runAsNonRoot can check.
USER 65532:65532
EXPOSE 8080
# Room for what lives for one measurement: collecting it less often is a tenth of a worker's CPU time (docs/performance.md).
ENTRYPOINT ["/nodejs/bin/node", "--max-semi-space-size=64", "/app/dist/service/main.js"]
# Outside of loopback the service starts only with ASSAY_TOKENS_FILE, or with ASSAY_INSECURE=true.
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s \
  CMD ["/nodejs/bin/node", "-e", "fetch('http://127.0.0.1:'+(process.env.ASSAY_PORT||8080)+'/healthz').then(r=>process.exit(r.ok?0:1),()=>process.exit(1))"]
CMD ["serve"]
