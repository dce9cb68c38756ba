/** What can be granted, as SHOW PRIVILEGES lists it. Source: MySQL 5.7's reference. */
export const globalPrivileges: readonly {
  readonly privilege: string;
  readonly context: string;
  readonly comment: string;
}[] = [
  { privilege: 'Alter', context: 'Tables', comment: 'To alter the table' },
  { privilege: 'Create', context: 'Databases,Tables,Indexes', comment: 'To create new databases and tables' },
  {
    privilege: 'Create role',
    context: 'Server Admin',
    comment: 'To create new roles',
  },
  { privilege: 'Create user', context: 'Server Admin', comment: 'To create new users' },
  { privilege: 'Create view', context: 'Tables', comment: 'To create new views' },
  { privilege: 'Delete', context: 'Tables', comment: 'To delete existing rows' },
  { privilege: 'Drop', context: 'Databases,Tables', comment: 'To drop databases, tables, and views' },
  {
    privilege: 'Grant option',
    context: 'Databases,Tables',
    comment: 'To give to other users those privileges you possess',
  },
  { privilege: 'Drop role', context: 'Server Admin', comment: 'To drop roles' },
  { privilege: 'Index', context: 'Tables', comment: 'To create or drop indexes' },
  { privilege: 'Insert', context: 'Tables', comment: 'To insert data into tables' },
  {
    privilege: 'Lock tables',
    context: 'Databases',
    comment: 'To use LOCK TABLES (together with SELECT privilege)',
  },
  {
    privilege: 'Process',
    context: 'Server Admin',
    comment: 'To view the plain text of currently executing queries',
  },
  { privilege: 'References', context: 'Databases,Tables', comment: 'To have references on tables' },
  {
    privilege: 'Reload',
    context: 'Server Admin',
    comment: 'To reload or refresh tables, logs and privileges',
  },
  { privilege: 'Select', context: 'Tables', comment: 'To retrieve rows from table' },
  {
    privilege: 'Show databases',
    context: 'Server Admin',
    comment: 'To see all databases with SHOW DATABASES',
  },
  { privilege: 'Show view', context: 'Tables', comment: 'To see views with SHOW CREATE VIEW' },
  { privilege: 'Shutdown', context: 'Server Admin', comment: 'To shut down the server' },
  { privilege: 'Super', context: 'Server Admin', comment: 'To use KILL thread, SET GLOBAL and ALTER SYSTEM' },
  { privilege: 'Update', context: 'Tables', comment: 'To update existing rows' },
  { privilege: 'Usage', context: 'Server Admin', comment: 'No privileges - allow connect only' },
];
