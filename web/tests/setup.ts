/** Babylon greets once for each engine; tests make many. */

import { Logger } from "@babylonjs/core/Misc/logger.js";

Logger.LogLevels = Logger.WarningLogLevel | Logger.ErrorLogLevel;
