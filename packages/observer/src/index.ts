// A program: it is started, nobody imports it.
export {};
