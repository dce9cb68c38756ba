#!/usr/bin/env node
import { launch } from '../scripts/launch.js';

await launch('certs/make', new URL('./make-certificates.ts', import.meta.url));
