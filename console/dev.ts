import { createServer } from 'vite';
import { viteConfig } from './vite.ts';

/** `npm run console`: serves the pages from source, with a running API (`API_URL`, by default that of `npm start`). */
const api = process.env.API_URL ?? 'http://127.0.0.1:3000';
const paths = ['/v1', '/openapi.json', '/docs', '/healthz', '/problems'];
const server = await createServer({
  ...viteConfig,
  server: {
    // The session check compares Origin and host, so the host header is passed on unchanged.
    proxy: Object.fromEntries(paths.map((path) => [path, { target: api, changeOrigin: false }])),
  },
});
await server.listen();
server.printUrls();
