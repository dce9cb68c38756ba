export { AdminLink, type AdminLinkOptions } from './admin-link.ts';
