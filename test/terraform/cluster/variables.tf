variable "registry_name" {
  type        = string
  description = "The private registry that has the custom pack."
}

variable "cloud_account_name" {
  type = string
}

variable "region" {
  type = string
}

variable "availability_zones" {
  type        = list(string)
  description = "Given, so that no AWS provider is needed to look one up."
}

variable "ssh_key_name" {
  type = string
}

variable "instance_type" {
  type    = string
  default = "m4.xlarge"
}

variable "worker_count" {
  type    = number
  default = 1
}

variable "tags" {
  type    = list(string)
  default = ["spectro-cloud-education", "app:hello-universe", "terraform_managed:true"]
}
