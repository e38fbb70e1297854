# The ECR registry that the tutorial's reader adds in Palette's console. It is a configuration of its
# own because the packs in it can be looked up only after Palette's sync, for which the provider does
# not wait, and because registries are tenant-scoped while all else is in the project.

terraform {
  required_providers {
    spectrocloud = {
      source = "spectrocloud/spectrocloud"
    }
  }
}

variable "registry_name" {
  type = string
}

variable "registry_endpoint" {
  type        = string
  description = "Host of the ECR registry, without a scheme."
}

variable "base_content_path" {
  type = string
}

variable "registry_access_key" {
  type      = string
  sensitive = true
}

variable "registry_secret_key" {
  type      = string
  sensitive = true
}

provider "spectrocloud" {
  project_name = "Default"
}

resource "spectrocloud_registry_oci" "packs" {
  name               = var.registry_name
  type               = "ecr"
  provider_type      = "pack"
  is_private         = true
  is_synchronization = true
  endpoint           = var.registry_endpoint
  base_content_path  = var.base_content_path

  credentials {
    credential_type = "secret"
    access_key      = var.registry_access_key
    secret_key      = var.registry_secret_key
  }
}
