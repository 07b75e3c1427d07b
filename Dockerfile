# The portal in one image: `serve`, `worker`, `migrate` and every other command of it.

FROM node:20-bookworm-slim AS browser
WORKDIR /portal
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts --omit=dev --no-audit --no-fund

FROM python:3.12-slim-bookworm
# The font draws posters and certificates; the client tools make PostgreSQL's backups.
RUN apt-get update \
    && apt-get install -y --no-install-recommends fonts-wqy-microhei postgresql-client \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /portal
COPY requirements.txt ./
RUN pip install --no-cache-dir --require-hashes --requirement requirements.txt
COPY . .
COPY --from=browser /portal/node_modules ./node_modules
RUN pip install --no-cache-dir --no-deps --editable . \
    && python -m portal.core.web.assets \
    && rm -rf node_modules \
    && useradd --system --home-dir /portal portal \
    && install -d -o portal -g portal data
USER portal
VOLUME /portal/data
EXPOSE 8000
ENTRYPOINT ["portal"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
