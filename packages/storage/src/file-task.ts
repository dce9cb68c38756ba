/** What is done with a tenant's file apart from the thread that serves it, and what comes of it. */
export type FileTask = CopyTask | CheckTask | CheckpointTask;

export interface CopyTask {
  readonly kind: 'copy';
  readonly file: string;
  readonly target: string;
  readonly bytesPerSecondMax: number;
}

export interface CheckTask {
  readonly kind: 'check';
  readonly file: string;
}

export interface CheckpointTask {
  readonly kind: 'checkpoint';
  readonly file: string;
}

export interface FileCopy {
  /** Of the last log entry whose changes are in the copy. */
  readonly lsn: number;
  readonly sizeBytes: number;
  /** Of the whole copy, hexadecimal. */
  readonly sha256: string;
}

export interface FileTaskResults {
  readonly copy: FileCopy;
  readonly check: FileCopy;
  readonly checkpoint: null;
}
