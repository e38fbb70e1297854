import "./mortalMocks";
import { propertyTest } from "./propertyTest";

propertyTest(30);
