export {
  definePreflightCheck,
  PreflightCheckElement,
  type PreflightFixDetail,
  type PreflightResultDetail,
} from './element.js';
