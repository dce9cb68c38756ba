#!/usr/bin/env node
import { launch } from '../../../scripts/launch.js';

await launch('obproxy', new URL('../src/main.ts', import.meta.url));
