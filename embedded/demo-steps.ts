import type { Connection, Integration, DemoApi } from './demo-api.ts';
