import { counter, type Family, gauge } from './family.ts';

/** What Prometheus' own libraries say of a process, under their names. */
export function processFamilies(): readonly Family[] {
  const { user, system } = process.cpuUsage();
  const labels = {};
  return [
    counter('process_cpu_seconds_total', 'CPU time of the process, user and system, in seconds.', [
      { labels, value: (user + system) / 1e6 },
    ]),
    gauge('process_resident_memory_bytes', 'Resident memory of the process in bytes.', [
      { labels, value: process.memoryUsage.rss() },
    ]),
    gauge('process_start_time_seconds', 'When the process began, in seconds since 1970.', [
      { labels, value: Math.round(Date.now() - process.uptime() * 1000) / 1000 },
    ]),
  ];
}
