export { pageCookies as makeCookies } from './cookies.js';
