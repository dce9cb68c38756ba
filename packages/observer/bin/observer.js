#!/usr/bin/env node
import { launch } from '../../../scripts/launch.js';

await launch('observer', new URL('../src/main.ts', import.meta.url));
