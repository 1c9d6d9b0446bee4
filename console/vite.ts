import { fileURLToPath } from 'node:url';
import type { InlineConfig, Plugin } from 'vite';
import { brandCss } from './brand.ts';

/** Vite's configuration for the build and for `npm run console`. */
export const viteConfig: InlineConfig = {
  root: fileURLToPath(new URL('browser', import.meta.url)),
  configFile: false,
  clearScreen: false,
  plugins: [brand()],
};

/** `import 'virtual:brand.css'`: Cloudscape's theme with our colours, generated at build time. */
function brand(): Plugin {
  const id = 'virtual:brand.css';
  const resolved = `\0${id}`;
  return {
    name: 'brand',
    resolveId: (name) => (name === id ? resolved : null),
    load: (name) => (name === resolved ? brandCss() : null),
  };
}
