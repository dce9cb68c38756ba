import packageFile from '../package.json' with { type: 'json' };

/** Of the product. */
export const version = packageFile.version;

/** The OceanBase version whose names and behaviour are kept. */
export const compatibleVersion = '4.3.5.0';

/** BUILD_VERSION of a server, in the original's form. */
export const buildVersion = `${compatibleVersion}_1-sealane-${version}`;
