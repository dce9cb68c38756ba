#!/usr/bin/env node
import { launch } from '../../../scripts/launch.js';

await launch('cluster-controller', new URL('../src/main.ts', import.meta.url));
