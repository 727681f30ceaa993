import { tellOfDeaths } from './tell-of-deaths.js';

tellOfDeaths('making');
